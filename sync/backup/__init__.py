"""Backups on a schedule and before a migration."""
