"""Runs tools: finds them their material, renders what was accepted, writes the ledger."""
