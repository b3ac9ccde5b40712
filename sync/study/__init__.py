"""What a record is: typed view, partial dates, text, eligibility criteria, canonical form and hash. Pure."""
