"""Programs that press a server with requests or queries, and what they tell of it."""
