"""Lets an assistant read the documents of `shortside snapshot` over the Model Context Protocol."""
