"""The settings of the program: what each may be, and where its value comes from."""
