"""The criteria engine: two eligibility texts become changes, one a criterion. Its one door is `changes`."""
