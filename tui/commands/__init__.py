"""The commands of `shortside` that open no screen: snapshot, backfill, doctor, record and config."""
