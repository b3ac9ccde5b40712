"""The console: pages for an ops team, the same as JSON, feeds, metrics and health.

`app` puts it together, `gate` decides who may do what, `pages` and `api` are thin routes over `views`, which gather what is
shown; `drawing` makes pictures of it, `server` serves it beside the daemon.
"""
