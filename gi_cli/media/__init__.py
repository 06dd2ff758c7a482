"""Images, audio, video and documents of an answer: saved to files, or named in text."""
