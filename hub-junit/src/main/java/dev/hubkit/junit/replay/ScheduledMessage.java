package dev.hubkit.junit.replay;

import dev.hubkit.fixture.RecordedMessage;
import java.time.Duration;

/**
 * A message to publish.
 *
 * @param due when, from the first on
 */
record ScheduledMessage(Duration due, RecordedMessage message) {}
