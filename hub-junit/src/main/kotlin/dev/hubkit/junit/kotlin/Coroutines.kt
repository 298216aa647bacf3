package dev.hubkit.junit.kotlin

import dev.hubkit.junit.journal.Entries
import dev.hubkit.junit.journal.Expectation
import dev.hubkit.junit.time.Advance
import dev.hubkit.junit.time.HubTime
import io.nats.client.Connection
import io.nats.client.Message
import io.nats.client.Subscription
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.suspendCancellableCoroutine

/**
 * Suspends until the expected entries are in the journal.
 *
 * @throws AssertionError if they do not appear in time; the message has the nearest miss
 */
public suspend fun Expectation.awaitWithin(patience: Duration = PATIENCE): Entries =
  awaiting { within(patience) }

/**
 * Suspends until the next message arrives.
 *
 * @throws AssertionError if none arrives in time
 */
public suspend fun Subscription.awaitNext(timeout: Duration = PATIENCE): Message =
  awaiting { next(timeout) }

/**
 * Requests with a text, in UTF-8, and suspends until the reply arrives.
 *
 * @throws AssertionError if nobody replies in time
 */
public suspend fun Connection.awaitReply(
  subject: String,
  text: String,
  vararg headers: Pair<String, String>,
  timeout: Duration = PATIENCE,
): Message = awaiting { request(subject, text, *headers, timeout = timeout) }

/**
 * Advances the clock of the hub from timer to timer until a condition holds, and suspends
 * meanwhile, so that coroutines of the test's own thread can make it hold.
 *
 * @throws AssertionError if it does not hold when that much of the hub's time has passed
 */
public suspend fun HubTime.awaitAdvance(atMost: Duration, condition: () -> Boolean): Advance =
  awaiting { advanceUntil(atMost, condition) }

/**
 * Returns the messages of a subscription, for one collector. The flow ends when the subscription
 * does.
 */
public fun Subscription.asFlow(): Flow<Message> = flow {
  var message = awaitNextOrNull()
  while (message != null) {
    emit(message)
    message = awaitNextOrNull()
  }
}

// A subscription that ends while a thread waits gives null; one that had ended before throws.
private suspend fun Subscription.awaitNextOrNull(): Message? =
  try {
    awaiting { nextMessage(Duration.ZERO.toJavaDuration()) }
  } catch (e: IllegalStateException) {
    if (isActive) throw e else null
  }

// Each wait is a thread, see WaitingThread.
private suspend fun <T> awaiting(work: () -> T): T =
  suspendCancellableCoroutine { coroutine ->
    val thread =
      WaitingThread<T>(work) { result, thrown ->
        if (thrown != null) coroutine.resumeWithException(thrown)
        else @Suppress("UNCHECKED_CAST") coroutine.resume(result as T)
      }
    coroutine.invokeOnCancellation { thread.interrupt() }
    thread.start()
  }
