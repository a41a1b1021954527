"""The documents that `shortside snapshot` prints: what each holds, and how it is written."""
