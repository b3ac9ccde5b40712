"""The JSON API under /api/v1, a module each concern: thin routes over the views that the pages are made of."""

from sync.web.api import (
    about,
    actions,
    classes,
    cohorts,
    events,
    find,
    inbox,
    mutes,
    published,
    studies,
    watcher,
    watches,
    worklist,
)

CONCERNS = (
    inbox,
    actions,
    mutes,
    events,
    find,
    studies,
    cohorts,
    worklist,
    classes,
    published,
    watcher,
    watches,
    about,
)
ROUTERS = tuple(module.router for module in CONCERNS)
