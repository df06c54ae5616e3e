"""Readers of file formats that several techniques need."""
