"""The shell: take an event, decide, commit, speak. It decides nothing itself."""
