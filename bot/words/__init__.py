"""Every sentence the bot says, in catalogues, and how a message is built from it."""
