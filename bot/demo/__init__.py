"""The demonstration world: a real homeserver and real clients, started and ended by Parley.

Nothing here is needed to run the bot, and nothing outside `bot.demo` and the tests may depend on it.
"""
