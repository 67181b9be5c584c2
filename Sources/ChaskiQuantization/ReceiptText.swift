// Owns: the text that receipts are about where nobody gives another.

/// A text of our own for quality receipts: prose, dialogue, lists, numbers and code.
package enum ReceiptText {
  /// What receipts call it.
  package static let name = "chaski-1"

  /// The text, in English, about 1,200 words.
  package static let text = """
    The runners of the high roads carried no letters. What they took from one hut to the next was a cord with knots, and \
    a few sentences learnt by heart, and each runner knew only his own stretch: two or three miles of stone steps, a bridge \
    of twisted grass, a place where the path leaned over the river and the wind came up from below. When he heard the shell \
    trumpet of the one who was coming he stood up, tied his sandals, and began to run beside him. For the length of a hundred \
    steps they ran together, the tired one speaking and the fresh one repeating, until every word had been handed over. Then \
    the first one stopped, and the message went on without him.

    It is easy to think that such a system must lose something at every hut. In fact it lost very little. The knots did not \
    change, and the words were few. A mistake showed at once, because the next man had to say the sentence back. News of a \
    frost in the valleys reached the capital in five days, faster than a horse would have brought it, and there were no horses.

    "How do you remember it all?" a child once asked her uncle, who had run the stretch above the salt pans for eleven years.
    "I don't," he said. "I remember the beginning, and the beginning remembers the rest."
    "And if you forget the beginning?"
    "Then I ask the knots. They are not clever, but they are patient."

    Machines that store numbers have the same trouble. A number that was measured with great care must be written with fewer \
    digits, because there is not enough room, and then handed on. Whoever writes it down can choose which digits to keep. If \
    thirty-two numbers lie close together, one scale can serve them all, and each needs only a small step on that scale. If \
    one of them lies far away from the others, the steps become wide, and the small numbers all fall on the same step. So the \
    art is to choose groups in which the numbers resemble each other, and to spend the room where a mistake would be heard.

    Here is a small table that a student made of this, measuring in the afternoon and again in the evening:

    | bits | steps | error in the afternoon | error in the evening |
    | 2 | 4 | 0.1421 | 0.1419 |
    | 3 | 8 | 0.0677 | 0.0680 |
    | 4 | 16 | 0.0331 | 0.0330 |
    | 5 | 32 | 0.0164 | 0.0165 |

    Each further bit halves the error, as one expects, since it halves the width of a step. The student wrote underneath: "The \
    differences between the columns are smaller than the differences between the rows, so I believe the rows."

    To compute the error of one group, she wrote this:

    def error(values, bits):
        low, high = min(values), max(values)
        step = (high - low) / (2 ** bits - 1)
        if step == 0:
            return 0.0
        codes = [round((value - low) / step) for value in values]
        decoded = [low + step * code for code in codes]
        return sum((a - b) ** 2 for a, b in zip(values, decoded)) / len(values)

    Her teacher read it twice. "It is correct," he said, "but you can do better without another bit. Who says that the lowest \
    step must lie on the lowest number?" She tried it that night. With the scale moved inwards a little, the numbers at the ends \
    were worse and all the others were better, and the sum went down by a tenth. She could not explain at once why nobody had \
    told her so before.

    How to cook quinoa so that it does not taste bitter:
    1. Rinse one cup of quinoa in cold water until the water runs clear.
    2. Bring two cups of water to the boil and add half a teaspoon of salt.
    3. Add the quinoa, cover the pot, and turn the heat down as far as it goes.
    4. After fifteen minutes take the pot from the fire and leave it covered for five more.
    5. Loosen it with a fork, and add lemon, parsley and a little oil.

    The bitterness comes from the husk, which protects the seeds from birds. In the mountains it is washed off in streams, and \
    the foam that comes of it is used for cleaning wool. Nothing is thrown away.

    In October the first rains fell on the western slopes. The road had been closed since the beginning of the month, when a \
    rock as large as a house came down near kilometre 47 and stopped, as if it had thought better of it, exactly in the middle. \
    Engineers came from the city with instruments. They measured its height (6.2 metres), its width (8.9 metres) and, by a \
    method that they did not want to discuss, its weight, which they gave as 740 tonnes. On Thursday they drilled holes; on \
    Friday they found that they had left the charges in the other lorry. By Monday the people of the village had built a path \
    around it, with a wall on the lower side and flowers on the wall, and when the road was opened at last most of them went on \
    using the path.

    Question: A runner covers three miles in twenty-four minutes, and the next one covers two miles in eighteen minutes. Which of \
    them is faster, and by how much?
    Answer: The first needs 24 / 3 = 8 minutes for a mile and the second 18 / 2 = 9 minutes. The first is faster, by one minute \
    a mile.

    Question: The capital of Peru is Lima. What is the capital of Bolivia?
    Answer: The constitution names Sucre; the government has its seat in La Paz.

    Question: Write the opposite of each word: early, heavy, bright, careful.
    Answer: late, light, dark, careless.

    There is a story that the last message ever carried by runners was not understood. The cord arrived, and the sentence with it, \
    but the man who could read that kind of knot had died in the spring, and his daughter knew only how to tie them. She looked at \
    the cord for a long time. Then she made another exactly like it, and sent it back the way it had come, so that whoever had \
    asked the question would at least know that it had been received. We do not know what they thought when it came home. But the \
    copy was so good, people say, that nobody could tell the two apart, and both of them were kept.
    """
}
