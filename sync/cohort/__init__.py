"""Which studies are watched: what a watch asks for, who enters and who leaves."""
