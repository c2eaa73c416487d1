"""Page 30: the released plan for the board, its questions to staff, and the memos that answer them to all."""
