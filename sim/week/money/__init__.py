"""Money of a week: payments, funds, in-kind support."""
