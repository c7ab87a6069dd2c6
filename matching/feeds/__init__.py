"""Where jobs come from: one small reader a kind of source, all of them giving postings and rejections."""
