"""One command, one file: the module's name is the command's, `COMMAND` its click command.

Tools without a file here get their command from their definition (`cli/from_tool.py`).
"""
