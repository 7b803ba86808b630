import { useMutation } from "urql";
import { graphql } from "../../gql";
import { NoteDialog } from "../../parts/note-dialog";
import { wordsOf } from "../../parts/states";
import type { RecordFound } from "./records";

const FlagRecord = graphql(`
  mutation FlagRecord($id: ID!, $reason: String!) {
    flagRecord(id: $id, reason: $reason) {
      flagged
      userErrors { message }
    }
  }
`);

interface FlagProps {
  record: RecordFound;
  name: string;
  onDone: (words: string) => void;
  onClose: () => void;
}

/** Asks what is odd about a record, and tells those who look after the records. */
export default function Flag({ record, name, onDone, onClose }: FlagProps) {
  const [, flag] = useMutation(FlagRecord);

  async function send(reason: string): Promise<string | null> {
    const { data, error } = await flag({ id: record.id, reason });
    if (error) return wordsOf(error);
    if (!data?.flagRecord.flagged) return data?.flagRecord.userErrors.map(({ message }) => message).join(" ") ?? "It was not taken in.";
    onDone(`Thank you. It is noted for those who look after the records: ${name}.`);
    return null;
  }

  return (
    <NoteDialog
      title={`Flag: ${name}`}
      label="What is odd about it?"
      hint="Moderators read it, and nothing of you goes with it."
      verb="Flag the record"
      doing="Sending…"
      longest={500}
      send={send}
      onClose={onClose}
    />
  );
}
