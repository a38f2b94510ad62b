"""The bot examines itself: random histories against the promise that nothing shows elsewhere."""
