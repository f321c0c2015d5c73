"""What carries a difference: a programme run with its channels held, one alone and all but one."""
