package dev.hubkit.junit.kotlin

import io.nats.client.Connection
import io.nats.client.JetStream
import io.nats.client.KeyValue
import io.nats.client.Message
import io.nats.client.Subscription
import io.nats.client.api.KeyValueEntry
import io.nats.client.api.PublishAck
import io.nats.client.impl.Headers
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/** How long functions of this package wait unless told otherwise; long enough for a busy machine. */
public val PATIENCE: Duration = 20.seconds

/** The payload as text in UTF-8. */
public val Message.text: String
  get() = data.toString(Charsets.UTF_8)

/** The value as text in UTF-8; empty if the entry marks a deletion. */
public val KeyValueEntry.text: String
  get() = value?.toString(Charsets.UTF_8).orEmpty()

/** Returns the first value of a header, or null if the message does not have it. */
public fun Message.header(name: String): String? = headers?.getFirst(name)

/** Publishes a text, in UTF-8, with headers. */
public fun Connection.publish(
  subject: String,
  text: String,
  vararg headers: Pair<String, String>,
): Unit = publish(subject, headersOf(headers), text.toByteArray())

/** Publishes a text, in UTF-8, to the stream of a subject, with headers. */
public fun JetStream.publish(
  subject: String,
  text: String,
  vararg headers: Pair<String, String>,
): PublishAck = publish(subject, headersOf(headers), text.toByteArray())

/**
 * Requests with a text, in UTF-8.
 *
 * @throws AssertionError if nobody replies in time
 */
public fun Connection.request(
  subject: String,
  text: String,
  vararg headers: Pair<String, String>,
  timeout: Duration = PATIENCE,
): Message =
  request(subject, headersOf(headers), text.toByteArray(), timeout.toJavaDuration())
    ?: throw AssertionError("Expected a reply to a request on \"$subject\" within $timeout")

/**
 * Returns the next message.
 *
 * @throws AssertionError if none arrives in time
 */
public fun Subscription.next(timeout: Duration = PATIENCE): Message =
  nextMessage(timeout.toJavaDuration())
    ?: throw AssertionError("Expected a message on \"$subject\" within $timeout")

/** Puts a text, in UTF-8, under a key: `prices["tea"] = "2.50"`. */
public operator fun KeyValue.set(key: String, text: String) {
  put(key, text)
}

private fun headersOf(pairs: Array<out Pair<String, String>>): Headers? =
  if (pairs.isEmpty()) null
  else Headers().apply { pairs.forEach { (name, value) -> add(name, value) } }
