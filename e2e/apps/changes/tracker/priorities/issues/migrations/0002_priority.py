from django.db import migrations, models


def closed_ones_are_low(apps, schema_editor):
    apps.get_model("issues", "Issue").objects.filter(closed=True).update(priority="low")


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial")]
    operations = [
        migrations.AddField("issue", "priority", models.CharField(max_length=10, default="normal")),
        migrations.RunPython(closed_ones_are_low, migrations.RunPython.noop),
    ]
