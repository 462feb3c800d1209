"""What the commands do, one module each; `vigil.cli` only reads the command line."""
