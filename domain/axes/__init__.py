"""The independent axes of an alarm (ISA-18.2, OPC UA Part 9): one table each, no word stands for two."""
