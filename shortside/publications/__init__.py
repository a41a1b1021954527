"""Publications of short interest: what each one changed of what was known before it, in sums and in rows."""
