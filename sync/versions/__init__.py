"""What is made of stored versions, by hand or beside a cycle: showing, comparing, replaying, reviewing, proving."""
