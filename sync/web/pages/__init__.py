"""The pages, a module each: thin routes over `sync.web.views`."""

from sync.web.pages import actions, cohort, event, feeds, find, health, inbox, login, metrics, study, watcher

ROUTERS = (
    inbox.router,
    event.router,
    find.router,
    cohort.router,
    study.router,
    watcher.router,
    feeds.router,
    metrics.router,
    actions.router,
    login.router,
    health.router,
)
