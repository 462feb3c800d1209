"""`vigil judge`: chosen rules over recorded columns, causally and without the service."""
