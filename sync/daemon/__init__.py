"""The background service: jobs on a schedule, signals, systemd."""
