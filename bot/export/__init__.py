"""A flow, or a change of one, as something to run elsewhere: Terraform, an avn line, a curl line. Values in, text out.

The text is all there is to copy, and copying keeps it: no character in it is one that does not show, and no backtick
could end the code block that it is shown in.
"""

from bot.export.export import of_flow, of_plan

__all__ = ["of_flow", "of_plan"]
