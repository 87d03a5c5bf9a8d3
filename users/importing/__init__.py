"""Importing people: what a file says, judged by the rules of every other write, then written."""
