"""What conditions, records, ages and outcomes mean: one definition each, shared by every evaluator."""
