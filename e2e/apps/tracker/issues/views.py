from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from .models import Issue


def index(request):
    return render(request, "issues/index.html", {"title": settings.SITE_TITLE, "issues": Issue.objects.order_by("id")})


@require_POST
def create(request):
    title = request.POST.get("title", "").strip()
    if not title:
        return HttpResponseBadRequest("an issue has a title\n")
    Issue.objects.create(title=title)
    return HttpResponseRedirect("/")


@require_POST
def close(request, number):
    issue = get_object_or_404(Issue, id=number)
    issue.closed = True
    issue.save(update_fields=["closed"])
    return HttpResponseRedirect("/")


def health(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n")
