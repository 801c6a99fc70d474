# SPDX-License-Identifier: GPL-2.0
"""What the Python tools in scripts/ have in common."""
