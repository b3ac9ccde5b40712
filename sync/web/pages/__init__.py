"""The pages, a module each: thin routes over `sync.web.views`."""

from sync.web.pages import (
    actions,
    cohort,
    event,
    feed_tokens,
    feeds,
    find,
    health,
    inbox,
    login,
    manual,
    metrics,
    published,
    study,
    watcher,
    watches,
    worklist,
)

ROUTERS = (
    inbox.router,
    event.router,
    find.router,
    cohort.router,
    study.router,
    worklist.router,
    published.router,
    watcher.router,
    feed_tokens.router,
    watches.router,
    feeds.router,
    metrics.router,
    actions.router,
    login.router,
    manual.router,
    health.router,
)
