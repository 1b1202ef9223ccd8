"""The words everybody else speaks; knows nobody."""
