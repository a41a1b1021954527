"""What `shortside` does without a screen: snapshot, backfill, doctor, record and config."""
