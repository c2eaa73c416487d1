"""Files in, validated rows out."""
