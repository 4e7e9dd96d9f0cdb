"""What a page may load (Content-Security-Policy)."""

from __future__ import annotations

from sms_app.accounts import pages as page_rules

POLICY = page_rules.policy("'self'", images="data:")
"""The style has its few small pictures, such as the arrow of a list, in itself."""
SCRIPT_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'"
"""Of pages with one small script of ours, from the console's own address."""
