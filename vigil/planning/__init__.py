"""Planning of patrols: proposals that a supervisor accepts by configuring them. Nothing is changed here."""
