"""Gates: a question with a policy, answered from evidence."""
