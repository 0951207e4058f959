"""Looking ahead: what an expert on MirrorMaker 2 would say before a change. One small pure function per foot-gun."""
