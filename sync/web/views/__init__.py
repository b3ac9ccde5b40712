"""What is shown, a module a page: models that a page renders and the API returns, and what gathers them from storage."""
