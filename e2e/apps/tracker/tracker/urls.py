from django.urls import path

from issues import views

urlpatterns = [
    path("", views.index),
    path("issues", views.create),
    path("issues/<int:number>/close", views.close),
    path("health", views.health),
]
