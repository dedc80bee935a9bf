// Owns dialogs: in front of the page, closed by Escape, the focus kept inside and given back.

import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** Asks something that can't be taken back. */
  isAlert?: boolean;
  children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, isAlert = false, children }: Props) {
  return (
    <ModalOverlay className="backdrop" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable>
      <Modal className="dialog">
        <AriaDialog role={isAlert ? 'alertdialog' : 'dialog'}>
          <div className="body">
            <Heading slot="title" level={2} style={{ fontSize: 16 }}>
              {title}
            </Heading>
            {children}
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
