"""The pages, a module each: thin routes over `sync.web.views`."""

from sync.web.pages import actions, event, find, health, inbox, login

ROUTERS = (inbox.router, event.router, find.router, actions.router, login.router, health.router)
