package dev.hubkit.junit.kotlin

import dev.hubkit.fossil.Commit
import dev.hubkit.fossil.FileContent
import dev.hubkit.fossil.FossilRepository
import dev.hubkit.fossil.Snapshot
import dev.hubkit.fossil.content.ArtifactName
import dev.hubkit.junit.HubExtension
import dev.hubkit.junit.HubResource
import dev.hubkit.junit.journal.Entries
import dev.hubkit.junit.journal.Expectation
import dev.hubkit.junit.journal.Journal
import dev.hubkit.junit.journal.JournalQuery
import dev.hubkit.junit.time.Advance
import dev.hubkit.junit.time.HubTime
import io.nats.client.Connection
import io.nats.client.Options
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Makes an extension in code:
 * ```
 * companion object {
 *   @JvmField @RegisterExtension val hub = hubExtension { withoutFossil() }
 * }
 * ```
 */
public fun hubExtension(configure: HubExtension.Builder.() -> Unit): HubExtension =
  HubExtension.builder().apply(configure).build()

/** Uses a connection of its own, which it closes: `hub.nats { publish("orders.1", "tea") }`. */
public inline fun <T> HubResource.nats(use: Connection.() -> T): T = connect().use(use)

/** Opens a connection with options of the caller; the hub closes it at the latest. */
public fun HubResource.connect(configure: Options.Builder.() -> Unit): Connection =
  connect(Options.builder().apply(configure))

/**
 * Waits until entries are in the journal: `hub.journal().await { published("orders.*").times(2) }`.
 *
 * @throws AssertionError if they do not appear in time; the message has the nearest miss
 */
public fun Journal.await(
  patience: Duration = PATIENCE,
  expected: JournalQuery<Expectation>.() -> Expectation,
): Entries = await().expected().within(patience)

/**
 * Waits until the expected entries are in the journal.
 *
 * @throws AssertionError if they do not appear in time; the message has the nearest miss
 */
public fun Expectation.within(patience: Duration): Entries = atMost(patience.toJavaDuration())

/** Advances the clock of the hub. */
public fun HubTime.advance(by: Duration): Unit = advance(by.toJavaDuration())

/**
 * Advances the clock of the hub from timer to timer until a condition holds:
 * `hub.time().advanceUntil(2.hours) { orders.isEmpty() }`.
 *
 * @throws AssertionError if it does not hold when that much of the hub's time has passed
 */
public fun HubTime.advanceUntil(atMost: Duration, condition: () -> Boolean): Advance =
  advanceUntil({ condition() }, atMost.toJavaDuration())

/** Commits files, by path and text: `repository.commit("clerk", "menu", "menu.txt" to "tea\n")`. */
public fun FossilRepository.commit(
  user: String,
  comment: String,
  vararg files: Pair<String, String>,
): ArtifactName =
  commit(
    files.fold(Commit(user, comment)) { commit, (path, text) ->
      commit.put(path, FileContent.of(text))
    }
  )

/** Reads the repository as it is at one moment. */
public fun <T> FossilRepository.snapshot(look: Snapshot.() -> T): T =
  read<T, RuntimeException> { it.look() }

/** Returns a file of a check-in as text in UTF-8, or null if it has none of that path. */
public fun Snapshot.text(checkIn: ArtifactName, path: String): String? =
  readFile(checkIn, path)?.toString(Charsets.UTF_8)
