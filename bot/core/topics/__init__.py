"""Which topics a flow copies, told from names alone: Java's expressions, whole names, exclusions, names never copied.

An expression is read into a tree (`java.py`), made an automaton (`net.py`) and run (`matcher.py`): every name takes as
many steps as it has letters, whatever the expression. Python's `re` has no such bound, and its syntax is another.
"""
