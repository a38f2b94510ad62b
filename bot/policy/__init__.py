"""Who may know what: labels, the wall, the guard's rules and the one gate.

Standard library only, readable in one sitting. It refuses to know anything of Matrix
clients, databases or commands: it is told facts and answers with a type.
"""
