"""What is written for people on a terminal, by the commands and by the demo."""
