"""Printing: how rows become pages of a PDF, in processes of their own.

A render process imports this package alone: it must need neither Django nor a database.
"""
